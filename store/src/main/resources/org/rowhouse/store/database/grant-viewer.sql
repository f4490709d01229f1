-- Lets the everyday role give things to that role, and say what it may read.
grant rowhouse_viewer to rowhouse
