-- Takes number, name and digest of a migration that the same transaction has applied.
insert into rowhouse.migration (number, name, digest) values (:number, :name, :digest)
