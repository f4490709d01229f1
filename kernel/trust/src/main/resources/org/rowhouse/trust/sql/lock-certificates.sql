-- Lets one transaction at a time issue certificates; readers go on.
lock table rowhouse.certificate in share row exclusive mode
