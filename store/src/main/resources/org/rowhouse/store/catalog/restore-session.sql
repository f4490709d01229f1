-- Takes back what prepare-session has set.
reset search_path
