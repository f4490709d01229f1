-- After that: takes up the role again that the login has by itself, which the discarding forgets. A joined node logs in as
-- itself and works as the everyday role.
-- set: the session    gives: nothing    locks: none
reset role
