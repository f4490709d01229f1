select number as account, balance, balance - opening as change
from account
order by balance desc, number
limit 5
