package org.rowhouse.benchmarks;

import dev.dbos.transact.DBOSClient;
import dev.dbos.transact.DBOSClient.EnqueueOptions;

/** Starts the peer's tasks from outside, as its documentation has clients do. */
final class DbosClient implements ClientMain.Client {
    /** What {@link ClientMain} knows it by. */
    static final String NAME = "dbos";

    private static final EnqueueOptions OPTIONS =
            new EnqueueOptions(DbosEngine.NOTHING, DbosEngine.CLASS_NAME, DbosEngine.QUEUE_NAME);

    private final DBOSClient client;

    DbosClient(String jdbcUrl, String user, String password) {
        client = new DBOSClient(jdbcUrl, user, password, DbosEngine.SCHEMA);
    }

    @Override
    public void ask() throws Exception {
        client.enqueueWorkflow(OPTIONS, new Object[] {1L}).getResult();
    }

    @Override
    public void close() {
        client.close();
    }
}
