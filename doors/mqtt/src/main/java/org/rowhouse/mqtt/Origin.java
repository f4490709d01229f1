package org.rowhouse.mqtt;

/** Where a message lies in the kernel's topics. */
record Origin(LogName log, long position) {}
