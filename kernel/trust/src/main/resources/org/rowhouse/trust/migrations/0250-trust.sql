-- Who belongs to the cluster: certificates that its authority issued, and tokens by which new nodes may ask for one. Small
-- tables that change seldom; they have no bucket. No key and no secret is in them.

create table rowhouse.certificate (
    serial      text        not null primary key,
    node        text        not null,
    role        text        not null,
    subject     text        not null,
    addresses   text[]      not null,
    fingerprint text        not null,
    not_before  timestamptz not null,
    not_after   timestamptz not null,
    issued_at   timestamptz not null default now(),
    issued_by   text        not null,
    revoked_at  timestamptz,
    revoked_by  text,
    check ((revoked_at is null) = (revoked_by is null))
);
comment on table rowhouse.certificate is 'Certificates that the cluster''s authority issued. Owner: trust. Citus: local.';
comment on column rowhouse.certificate.serial is 'Serial number, hexadecimal.';
comment on column rowhouse.certificate.node is 'Name of the node that it was issued to.';
comment on column rowhouse.certificate.role is 'Role by which that node logs in to the embedded database: the certificate''s common name.';
comment on column rowhouse.certificate.subject is 'The subject, as certificates write it.';
comment on column rowhouse.certificate.addresses is 'Hosts and addresses at which the node may answer with it.';
comment on column rowhouse.certificate.fingerprint is 'SHA-256 of the certificate, hexadecimal.';
comment on column rowhouse.certificate.not_before is 'Valid from; some time before it was issued, for clocks that differ.';
comment on column rowhouse.certificate.not_after is 'Valid until.';
comment on column rowhouse.certificate.issued_at is 'When it was issued, by the database''s clock.';
comment on column rowhouse.certificate.issued_by is 'What it was issued for: authority, token, or renewal.';
comment on column rowhouse.certificate.revoked_at is 'Since when it is refused; null while it is good.';
comment on column rowhouse.certificate.revoked_by is 'Who revoked it, as the client named them.';

create index certificate_node on rowhouse.certificate (node);
comment on index rowhouse.certificate_node is 'The certificates of one node.';

create table rowhouse.join_token (
    hash       text        not null primary key,
    created_at timestamptz not null default now(),
    created_by text        not null,
    expires_at timestamptz not null,
    used_at    timestamptz,
    used_by    text,
    check ((used_at is null) = (used_by is null))
);
comment on table rowhouse.join_token is 'Tokens by which a new node joins, each once. Owner: trust. Citus: local.';
comment on column rowhouse.join_token.hash is 'SHA-256 of the token''s secret, hexadecimal; the secret itself is kept nowhere.';
comment on column rowhouse.join_token.created_at is 'When it was made, by the database''s clock.';
comment on column rowhouse.join_token.created_by is 'Who made it, as the client named them.';
comment on column rowhouse.join_token.expires_at is 'Until when it may be used.';
comment on column rowhouse.join_token.used_at is 'When it was used; null if it was not.';
comment on column rowhouse.join_token.used_by is 'Name of the node that joined by it.';
