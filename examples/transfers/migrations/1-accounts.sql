-- A hundred accounts that hold 1,000.00 each, and a ledger of every movement.

create table account (
    number  integer primary key,
    opening bigint  not null,
    balance bigint  not null check (balance >= 0)
);
comment on table account is 'Who has how much.';
comment on column account.number is 'The account.';
comment on column account.opening is 'What it held in the beginning, cents.';
comment on column account.balance is 'What it holds now, cents.';

-- No unique constraint on (transfer, side), on purpose: that each side is booked once is what Rowhouse promises, and a
-- constraint would hide it if the promise were broken.
create table ledger (
    transfer uuid        not null,
    side     text        not null check (side in ('withdraw', 'deposit', 'refund')),
    account  integer     not null,
    cents    bigint      not null,
    at       timestamptz not null default now()
);
create index ledger_transfer on ledger (transfer);
comment on table ledger is 'Every movement of an account, in the commit that made it.';
comment on column ledger.transfer is 'The task that moved the money: rowhouse.task.id.';
comment on column ledger.side is 'Which of its steps.';
comment on column ledger.account is 'The account whose balance changed.';
comment on column ledger.cents is 'By how much; negative when withdrawn.';
comment on column ledger.at is 'When, by the database''s clock.';

insert into account (number, opening, balance)
select number, 100000, 100000
from generate_series(1, 100) as number;
