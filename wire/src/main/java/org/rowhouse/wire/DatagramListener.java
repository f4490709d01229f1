package org.rowhouse.wire;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.datagram.DatagramEndpoint;
import org.rowhouse.wire.datagram.DatagramStream;

/** Takes connections by UDP, from those who know the secret of their name. */
final class DatagramListener implements Listener {
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    private final Gate gate;
    private final String name;
    private final Service service;
    private final DatagramEndpoint endpoint;

    DatagramListener(InetSocketAddress address, Gate gate, String name, Service service) {
        this.gate = gate;
        this.name = name;
        this.service = service;
        this.endpoint = DatagramEndpoint.listen(address, gate::key, this::begin);
    }

    private void begin(DatagramStream stream) {
        try {
            Session session =
                    Wire.serverSession(
                            new DatagramTransport(stream, () -> {}), gate, name, service);
            sessions.add(session);
            var _ = session.end().whenComplete((_, _) -> sessions.remove(session));
            session.start(false);
        } catch (RowhouseException refused) {
            System.getLogger(DatagramListener.class.getName())
                    .log(System.Logger.Level.DEBUG, "A connection did not begin", refused);
        }
    }

    @Override
    public InetSocketAddress address() {
        return endpoint.address();
    }

    @Override
    public List<Connection> connections() {
        return List.copyOf(sessions);
    }

    @Override
    public void close() {
        sessions.forEach(Session::close);
        endpoint.close();
    }
}
