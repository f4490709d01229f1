-- Lets one deployment in at a time; readers are not disturbed. Held until the transaction ends.
lock table rowhouse.component in share row exclusive mode
