package org.rowhouse.console;

import java.net.InetSocketAddress;
import org.rowhouse.node.HttpApi;
import org.rowhouse.node.Rowhouse;

/** A node inside this program; what it runs comes with it. */
final class InnerStage extends Stage {
    private final Object[] programs;
    private Rowhouse rowhouse;
    private HttpApi api;

    /**
     * @param programs whose functions the node runs
     */
    InnerStage(Object... programs) {
        super("rowhouse-console-test-");
        this.programs = programs;
        begin();
    }

    private void begin() {
        rowhouse = Rowhouse.open(home.path());
        for (Object program : programs) {
            rowhouse.register(program);
        }
        api = HttpApi.start(rowhouse, InetSocketAddress.createUnresolved("127.0.0.1", 0), () -> {});
    }

    /** Ends the node and its database, and begins them again, at another address. */
    void beginAgain() {
        api.close();
        rowhouse.close();
        begin();
    }

    /** The node itself. */
    Rowhouse rowhouse() {
        return rowhouse;
    }

    @Override
    String address() {
        return api.address();
    }

    @Override
    public void close() {
        api.close();
        rowhouse.close();
        removeHome();
    }
}
