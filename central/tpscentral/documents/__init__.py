"""Documents of the plenary: D.HASIL, D.KEJADIAN KHUSUS, and the signed code that they carry."""
