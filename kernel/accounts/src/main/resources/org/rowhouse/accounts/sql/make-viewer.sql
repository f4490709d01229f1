-- Makes what statements of viewers run with. Gives null, or the statements that somebody else must run first.
select rowhouse.make_viewer()
