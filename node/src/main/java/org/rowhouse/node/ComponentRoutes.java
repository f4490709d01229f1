package org.rowhouse.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.rowhouse.accounts.Audit;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.images.Deployment;
import org.rowhouse.images.Deployments;
import org.rowhouse.images.Run;
import org.rowhouse.store.Home;

/** Deploying components, and what they say of themselves. */
final class ComponentRoutes {
    private final Rowhouse rowhouse;
    private final Deployments deployments;
    private final Home home;
    private final Listings listings;
    private final Audit audit;

    ComponentRoutes(Rowhouse rowhouse, Listings listings) {
        this.rowhouse = rowhouse;
        this.deployments = rowhouse.deployments();
        this.home = rowhouse.home();
        this.listings = listings;
        this.audit = rowhouse.accounts().audit();
    }

    List<Route> list() {
        return List.of(
                Route.get(
                        "/components",
                        "list_components",
                        "Lists the components in all their versions, with their functions.",
                        "An array, newest version first.",
                        this::list),
                Route.post(
                        "/components",
                        "deploy",
                        "Deploys a component: a path on the node's machine, or the bytes of a jar"
                                + " or zip with media type application/zip.",
                        Views.Deploy.class,
                        "The component's name, version, digest and functions.",
                        this::deploy),
                Route.post(
                        "/components/{name}/undeploy",
                        "undeploy",
                        "Withdraws a component: no version is current any more, so nothing new is"
                                + " started of it, and it consumes and serves nothing. Its versions"
                                + " stay.",
                        Views.Undeploy.class,
                        "component, version and unended: how many of its tasks go on.",
                        this::undeploy),
                Route.post(
                                "/components/{name}/prepare",
                                "prepare_run",
                                "Says what `rowhouse run` starts: the words of a command line"
                                        + " become the input that the manifest's run asks for.",
                                Views.Prepare.class,
                                "component, version, function, input, schema and report.",
                                this::prepare)
                        .needs(Role.OPERATOR)
                        .unaudited());
    }

    private Answer list(Call call) {
        return Answer.json(Objects.requireNonNull(listings.json("components", Map.of())));
    }

    private Answer deploy(Call call) throws IOException {
        Deployment deployment =
                call.mediaType().endsWith("json") || call.mediaType().isEmpty()
                        ? rowhouse.deploy(
                                path(Required.field("path", call.body(Views.Deploy.class).path())),
                                call.user())
                        : deployUpload(call);
        call.noted(true);
        audit.noteDone(call.action("component", List.of(deployment.component())), null, null);
        return Answer.created(
                new Views.Deployed(
                        deployment.component(),
                        deployment.version(),
                        deployment.kind(),
                        deployment.digest(),
                        deployment.functions().stream().map(Deployment.Function::name).toList()),
                "/components");
    }

    private Deployment deployUpload(Call call) throws IOException {
        byte[] bytes = Json.readAtMost(call.stream(), NodeBounds.UPLOAD_BYTES_MAX);
        Path archive = Files.createTempFile(home.path(), "upload-", ".zip");
        try {
            Files.write(archive, bytes);
            return rowhouse.deploy(archive, call.user());
        } finally {
            Files.deleteIfExists(archive);
        }
    }

    private Answer undeploy(Call call) {
        Boolean force = call.body(Views.Undeploy.class).force();
        String name = call.path("name");
        String answer =
                listings.act(
                        "undeploy",
                        Deed.of(call),
                        Map.of("name", name, "force", force != null && force));
        deployments.forgetCurrent(name);
        return Answer.json(answer);
    }

    private Answer prepare(Call call) {
        Views.Prepare body = call.body(Views.Prepare.class);
        String component = call.path("name");
        Run run =
                deployments.prepareRun(
                        component,
                        body.version(),
                        Objects.requireNonNullElse(body.words(), List.of()),
                        path(Required.field("folder", body.folder())));
        return Answer.ok(
                new Views.Prepared(
                        run.component(),
                        run.version(),
                        run.function(),
                        Json.MAPPER.readTree(run.input()),
                        run.schema(),
                        run.report()));
    }

    private static Path path(String text) {
        try {
            Path path = Path.of(text);
            if (!path.isAbsolute()) {
                throw new RowhouseException(
                        ErrorCode.INVALID_ARGUMENT,
                        "The path '" + text + "' must be absolute: the node has another folder.");
            }
            return path;
        } catch (InvalidPathException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "'" + text.replace('\0', '?') + "' is no path: " + e.getReason() + ".",
                    e);
        }
    }
}
