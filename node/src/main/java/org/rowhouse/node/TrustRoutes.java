package org.rowhouse.node;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Audit;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.images.Durations;
import org.rowhouse.trust.Admission;
import org.rowhouse.trust.AuthorityService;
import org.rowhouse.trust.Trust;

/** Who belongs to the cluster: certificates, and tokens by which a new node joins. */
final class TrustRoutes {
    private final Trust trust;
    private final Audit audit;
    private final IntSupplier port;

    /**
     * @param port at which other machines reach this API
     */
    TrustRoutes(Trust trust, Audit audit, IntSupplier port) {
        this.trust = trust;
        this.audit = audit;
        this.port = port;
    }

    record NewToken(
            @Described("How long it may be used, as in 1h or 30m; an hour when left out.")
                    @Nullable String ttl) {}

    record Revoke(@Described("A node's name, or a serial number.") String which) {}

    List<Route> list() {
        return List.of(
                Route.get(
                        "/certificates",
                        "list_certificates",
                        "Lists the certificates of the cluster's nodes, newest first.",
                        "An array; state is good, expired or revoked.",
                        call -> Answer.json(trust.certificates())),
                Route.post(
                        "/certificates/revoke",
                        "revoke_certificates",
                        "Shuts a node out: its certificates are refused, its connections end.",
                        Revoke.class,
                        "How many were revoked.",
                        this::revoke),
                Route.post(
                                "/certificates/renew",
                                "renew_certificate",
                                "A node of the cluster, which shows its certificate by TLS, asks"
                                        + " for a new one. Needs no token.",
                                Admission.Renew.class,
                                "The certificate, and where the database is.",
                                call ->
                                        Answer.ok(
                                                trust.authority()
                                                        .renew(
                                                                call.certificate(),
                                                                call.body(Admission.Renew.class))))
                        .withoutToken(),
                Route.get(
                        "/tokens",
                        "list_tokens",
                        "Lists the join tokens without their secrets, newest first.",
                        "An array; state is good, used or expired.",
                        call -> Answer.json(trust.tokens())),
                Route.post(
                        "/tokens",
                        "create_token",
                        "Makes a token by which one new node may join.",
                        NewToken.class,
                        "The token, which is shown this once, and when it expires.",
                        this::createToken),
                Route.post(
                                "/join",
                                "join",
                                "A new node shows a join token and gets its certificate. Needs no"
                                        + " other token.",
                                Admission.Join.class,
                                "The certificate, the authority's, and where the database is.",
                                call ->
                                        Answer.ok(
                                                trust.authority()
                                                        .join(call.body(Admission.Join.class))))
                        .withoutToken());
    }

    private Answer revoke(Call call) {
        String which = call.body(Revoke.class).which();
        if (which == null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "The field 'which' is missing in the body.");
        }
        Audit.Action action = call.action("certificate", List.of(which));
        String before = audit.image(action);
        int revoked = trust.authority().revoke(which, call.user());
        call.noted(true);
        audit.noteDone(action, before, null);
        return Answer.ok(Map.of("revoked", revoked));
    }

    private Answer createToken(Call call) {
        Duration life = Durations.parse("ttl", call.body(NewToken.class).ttl());
        AuthorityService.Created created =
                trust.authority()
                        .createToken(
                                port.getAsInt(),
                                life == null ? AuthorityService.tokenLife() : life,
                                call.user());
        call.noted(true);
        audit.noteDone(call.action(), null, "It is good until " + created.expiresAt() + ".");
        return Answer.ok(
                Map.of("token", created.text(), "expires_at", created.expiresAt().toString()));
    }
}
