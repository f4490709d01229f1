-- Why a link is not good. Takes :hash; gives a row if there is such a link.
select used_at is not null as used from rowhouse.login_link where hash = :hash
