-- Makes the role under which statements of people run who are no admins. Nobody logs in as it.
create role rowhouse_viewer nologin
