package org.rowhouse.node;

/**
 * A parameter in a route's query.
 *
 * @param type as JSON Schema names it: string, integer, boolean or number
 * @param meaning what it does, its unit and what holds when it is left out
 */
record Parameter(String name, String type, String meaning) {
    static Parameter text(String name, String meaning) {
        return new Parameter(name, "string", meaning);
    }

    static Parameter integer(String name, String meaning) {
        return new Parameter(name, "integer", meaning);
    }

    static Parameter flag(String name, String meaning) {
        return new Parameter(name, "boolean", meaning);
    }
}
