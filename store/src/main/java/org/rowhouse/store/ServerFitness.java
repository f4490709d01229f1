package org.rowhouse.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * What a server must be able to do before a kernel may live in it.
 *
 * @param version as {@code server_version_num} writes it: 180004 means 18.4
 * @param versionName as people write it
 * @param encoding of the database's text
 * @param standby whether it only follows another server
 * @param mayCreate whether the user may create what Rowhouse needs
 */
record ServerFitness(
        int version, String versionName, String encoding, boolean standby, boolean mayCreate) {
    static final int VERSION_MIN = 150000;

    private static final String QUERY = SqlFile.read(ServerFitness.class, "database/fitness");

    static ServerFitness read(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(QUERY);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new ServerFitness(
                    row.getInt("version"),
                    row.getString("version_name"),
                    row.getString("encoding"),
                    row.getBoolean("standby"),
                    row.getBoolean("may_create"));
        }
    }

    /**
     * Refuses an unfit server.
     *
     * @throws RowhouseException DATABASE_UNSUITABLE or DATABASE_RIGHTS_MISSING
     */
    void require(ServerAddress address) {
        String server = "The database at " + address.hosts();
        if (version < VERSION_MIN) {
            throw unsuitable(
                    server
                            + " is PostgreSQL "
                            + versionName
                            + ", and Rowhouse needs version 15 or newer: upgrade the server or name"
                            + " another one.");
        }
        if (!encoding.equals("UTF8")) {
            throw unsuitable(
                    server
                            + " keeps its text as "
                            + encoding
                            + ", and Rowhouse needs UTF8: create a database with encoding UTF8.");
        }
        if (standby) {
            throw unsuitable(
                    server + " is a standby that takes no changes: name the primary server.");
        }
        if (!mayCreate) {
            throw new RowhouseException(
                    ErrorCode.DATABASE_RIGHTS_MISSING,
                    server
                            + " does not let user \""
                            + address.user()
                            + "\" create schemas in \""
                            + address.database()
                            + "\": let its owner run `grant create on database "
                            + address.database()
                            + " to "
                            + address.user()
                            + "`.");
        }
    }

    private static RowhouseException unsuitable(String sentence) {
        return new RowhouseException(ErrorCode.DATABASE_UNSUITABLE, sentence);
    }
}
