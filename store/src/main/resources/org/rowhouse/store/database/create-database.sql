-- Makes the database of an embedded server.
create database rowhouse owner rowhouse
