-- Writes one row of the audit; what is afterwards is looked up here unless it is given.
-- takes: account, role, via, address, action, kind, subject, subjects, before, after, outcome, detail    locks: none
insert into rowhouse.audit
    (account, role, via, address, action, subject_kind, subject, before, after, outcome, detail)
values (:account, :role, :via, :address, :action, :kind, :subject, :before::jsonb,
        case when :outcome = 'done' then coalesce(:after::jsonb, rowhouse.audit_image(:kind, :subjects::text[])) end,
        :outcome, :detail)
