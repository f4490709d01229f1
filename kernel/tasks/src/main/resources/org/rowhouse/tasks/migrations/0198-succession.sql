-- Succession: a task that ends gives its place to the next one of its class, without a word to the scheduler first.

alter table rowhouse.scheduler add column next_need integer;
comment on column rowhouse.scheduler.next_need is
    'The class of need whose waiting tasks may take the places of those of the same class that end, without being placed; null for none.';

create or replace function rowhouse.hold_scheduler(node integer) returns integer
    language plpgsql as $$
#variable_conflict use_column
declare
    holder integer;
begin
    select s.node into holder from rowhouse.scheduler as s where s.number = 1;
    if exists (select 1 from rowhouse.node as n where n.number = holder and n.ended_at is null) then
        return holder;
    end if;
    -- The candidate's own life is locked, so that it cannot be ended between the look and the commit.
    perform 1 from rowhouse.node as n where n.number = hold_scheduler.node and n.ended_at is null for share;
    if not found then
        return 0;
    end if;
    update rowhouse.scheduler as s
    set node = hold_scheduler.node, since = now(), next_need = null
    where s.number = 1 and s.node = holder;
    select s.node into holder from rowhouse.scheduler as s where s.number = 1;
    return holder;
end $$;

create function rowhouse.let_follow(scheduler integer, need integer) returns integer
    language plpgsql as $$
#variable_conflict use_column
declare
    holder integer;
begin
    update rowhouse.scheduler as s
    set next_need = let_follow.need
    where s.number = 1 and s.node = let_follow.scheduler
    returning s.node into holder;
    return holder;
end $$;
comment on function rowhouse.let_follow(integer, integer) is
    'Lets tasks of a class of need, or of none, take the places of those that end; only the node in office may say so: gives its number.';
