-- Whether the database records migrations: false if it is new.
select to_regclass('rowhouse.migration') is not null as recorded
