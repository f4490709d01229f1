-- Removes the kernel's schema, which the caller has found empty or will.    locks: all of it
drop schema if exists rowhouse cascade
