-- Makes the everyday role of an embedded server; its password is set apart.
create role rowhouse login
