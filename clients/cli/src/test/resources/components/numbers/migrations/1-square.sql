create table square (root bigint primary key, value bigint not null);
