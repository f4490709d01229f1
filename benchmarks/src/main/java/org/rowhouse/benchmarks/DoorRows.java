package org.rowhouse.benchmarks;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.rowhouse.images.Deployments;
import org.rowhouse.node.NodeFile;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migrations;

/**
 * What a door costs: calls of 64 bytes from a program outside to a component of a node in another
 * JVM, by HTTP with JSON and by gRPC, beside gRPC Java's own call to a server that only echoes.
 * Both doors look at a token and find the operation by its name for every call; the peer does
 * neither. By loopback without TLS, as doors for this machine are.
 */
final class DoorRows {
    private static final String DATABASE = "bus_doors";

    /** 64 bytes of JSON, which are the answer too. */
    private static final byte[] JSON =
            ("{\"text\":\"" + "x".repeat(53) + "\"}").getBytes(StandardCharsets.US_ASCII);

    /** The same as a message of protobuf: field 1, its length, the characters. */
    private static final byte[] MESSAGE =
            ("\n>" + "x".repeat(62)).getBytes(StandardCharsets.US_ASCII);

    private static final List<Workload<WireSide>> HTTP = workloads("HTTP", JSON);
    private static final List<Workload<WireSide>> GRPC = workloads("gRPC", MESSAGE);

    private DoorRows() {}

    private static List<Workload<WireSide>> workloads(String door, byte[] item) {
        String name = "64 B call through the door for " + door;
        return List.of(
                new WireRows.Lone(name + ", 1 caller", null, false, item),
                new WireRows.Many(name + ", 64 callers", null, item));
    }

    /** Measures the rows that the options ask for, and adds them. */
    static void run(Session session) {
        boolean http = session.wantsAny(HTTP);
        boolean grpc = session.wantsAny(GRPC);
        if (!http && !grpc) {
            return;
        }
        session.administrator().createDatabase(DATABASE, session.server().user());
        Server server = session.server().database(DATABASE);
        Path folder = session.folder().resolve("doors");
        deploy(session.folder(), server);
        try (WireProcess peer = WireProcess.start(folder.resolve("peer"));
                GrpcSide other = peer.grpc(false);
                NodeProcess node =
                        NodeProcess.start(folder, server, "doors", List.of("--grpc", "0"))) {
            NodeFile at = node.awaitUp();
            if (http) {
                try (WireSide door = new HttpDoorSide(at.address(), node.authorization())) {
                    WireRows.contest(session, door, other, "Rowhouse, HTTP", HTTP);
                }
            }
            if (grpc) {
                URI address = URI.create("grpc://" + Objects.requireNonNull(at.grpc()));
                try (WireSide door =
                        GrpcSide.door(address.getPort(), "parrot.Echo/say", node.authorization())) {
                    WireRows.contest(session, door, other, "Rowhouse, gRPC", GRPC);
                }
            }
        }
        session.administrator().dropDatabase(DATABASE);
    }

    /** Brings the schema up to date and deploys the component, without a node. */
    private static void deploy(Path folder, Server server) {
        Path home = folder.resolve("deploy-parrot");
        try (Database database =
                        Database.open(
                                Home.at(home),
                                DatabaseSettings.server(server.url(), System.getenv()));
                Deployments deployments = new Deployments(database, home.resolve("components"))) {
            Migrations.apply(database, Rowhouse.MIGRATIONS);
            deployments.deploy(
                    ComponentJar.write(
                            folder.resolve("parrot.jar"),
                            Echo.Parrot.class,
                            Echo.class,
                            Echo.Text.class));
        }
    }
}
