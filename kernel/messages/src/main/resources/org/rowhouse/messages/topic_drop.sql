-- Deletes a topic with all its messages.
-- gives: a row    locks: the topic, its logs, cursors and messages
select rowhouse.drop_topic(:name)
