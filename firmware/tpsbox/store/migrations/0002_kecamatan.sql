-- What a kecamatan without a network took in, with its receipt. Such an item stays due: only the
-- centre's own receipt makes it stored. A table of its own, since it says nothing about sending.
CREATE TABLE at_kecamatan (
    id BLOB PRIMARY KEY REFERENCES outbox (id),
    receipt BLOB NOT NULL
) STRICT;
CREATE TRIGGER at_kecamatan_kept BEFORE DELETE ON at_kecamatan
BEGIN SELECT RAISE(ABORT, 'receipts are never deleted'); END;
