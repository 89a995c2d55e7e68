"""The process that carries the outbox to the centre."""
