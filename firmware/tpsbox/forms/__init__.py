"""Forms and elections as data: millimetres, fields, rules."""
