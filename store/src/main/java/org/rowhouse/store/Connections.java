package org.rowhouse.store;

import java.sql.Connection;
import java.sql.SQLException;

/** Where connections come from. */
@FunctionalInterface
public interface Connections {
    /**
     * Opens a connection; the caller closes it.
     *
     * @param purpose shown by the server as the connection's application name
     */
    Connection connect(String purpose) throws SQLException;
}
