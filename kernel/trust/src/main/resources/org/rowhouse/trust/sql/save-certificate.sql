-- Records a certificate; one that is known already stays as it is.
-- takes: serial, node, role, subject, addresses, fingerprint, not_before, not_after, issued_by
insert into rowhouse.certificate
    (serial, node, role, subject, addresses, fingerprint, not_before, not_after, issued_by)
values (:serial, :node, :role, :subject, :addresses::text[], :fingerprint, :not_before::timestamptz,
        :not_after::timestamptz, :issued_by)
on conflict (serial) do nothing
