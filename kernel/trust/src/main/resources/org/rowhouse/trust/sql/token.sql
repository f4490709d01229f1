-- Why a token is not good. Takes :hash; gives a row if there is such a token.
select expires_at, used_at, used_by from rowhouse.join_token where hash = :hash
