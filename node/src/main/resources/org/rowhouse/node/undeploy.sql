-- Withdraws a component.
-- set: the component :name    gives: an object: its name, the version that was current, how many tasks go on
-- locks: as the function says
select json_build_object('component', :name::text, 'version', version, 'unended', unended)
from rowhouse.undeploy_component(:name::text, :force::boolean)
