package org.rowhouse.mqtt;

/** What names of topics and filters may look like: chapter 4.7 of the standard. */
final class Names {
    private static final String SHARED = "$share/";

    private Names() {}

    static boolean isTopic(String name) {
        return isSound(name) && name.indexOf('+') < 0 && name.indexOf('#') < 0;
    }

    /** Whether clients may publish there: names with a dollar sign are the door's own. */
    static boolean isOpenTopic(String name) {
        return isTopic(name) && name.charAt(0) != '$';
    }

    static boolean isFilter(String name) {
        if (!isSound(name)) {
            return false;
        }
        String[] levels = name.split("/", -1);
        for (int i = 0; i < levels.length; i++) {
            String level = levels[i];
            if (level.indexOf('#') >= 0 && !(level.equals("#") && i == levels.length - 1)) {
                return false;
            }
            if (level.indexOf('+') >= 0 && !level.equals("+")) {
                return false;
            }
        }
        return true;
    }

    /** The group of a shared filter; empty if it is not shared. */
    static String group(String filter) {
        if (!filter.startsWith(SHARED)) {
            return "";
        }
        int end = filter.indexOf('/', SHARED.length());
        return end < 0 ? "" : filter.substring(SHARED.length(), end);
    }

    /** The filter without the group. */
    static String plain(String filter) {
        String group = group(filter);
        return group.isEmpty() ? filter : filter.substring(SHARED.length() + group.length() + 1);
    }

    /** The first level: the kernel's topic that a name belongs to, if there is one. */
    static String first(String name) {
        int slash = name.indexOf('/');
        return slash < 0 ? name : name.substring(0, slash);
    }

    /** What stands behind the first level. */
    static String rest(String name) {
        int slash = name.indexOf('/');
        return slash < 0 ? "" : name.substring(slash + 1);
    }

    private static boolean isSound(String name) {
        return !name.isEmpty()
                && name.length() <= MqttBounds.TOPIC_LENGTH_MAX
                && name.indexOf('\0') < 0
                && name.chars().filter(c -> c == '/').count() < MqttBounds.LEVELS_MAX;
    }
}
