select root, value from square order by value desc limit 3
