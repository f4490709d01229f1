package org.rowhouse.node;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Accounts;
import org.rowhouse.accounts.Caller;
import org.rowhouse.accounts.Role;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Accounts of people, and the record of what they did. */
final class AccountRoutes {
    private final Accounts accounts;
    private final Listings listings;

    AccountRoutes(Accounts accounts, Listings listings) {
        this.accounts = accounts;
        this.listings = listings;
    }

    record NewAccount(
            @Described("1 to 63 lower-case letters, digits, dots, dashes and underscores.")
                    String name,
            @Described("viewer, operator or admin.") String role,
            @Described("At least 12 characters; without one nobody can log in yet.")
                    @Nullable String password) {
        @Override
        public String toString() {
            return "NewAccount[" + name + "]";
        }
    }

    record AccountChange(
            @Described("Its new role.") @Nullable String role,
            @Described(
                            "True: it is refused from now on, and its sessions end. False: it is"
                                    + " good again.")
                    @Nullable Boolean disabled) {}

    record NewPassword(
            @Described("At least 12 characters.") String password,
            @Described("The present password; whoever changes the own one gives it.")
                    @Nullable String current) {
        @Override
        public String toString() {
            return "NewPassword[hidden]";
        }
    }

    List<Route> list() {
        return List.of(
                Route.get(
                        "/accounts",
                        "list_accounts",
                        "Lists the accounts of people, without their passwords.",
                        "An array; password_set says whether it can log in.",
                        call -> Answer.json(accounts(null))),
                Route.post(
                        "/accounts",
                        "create_account",
                        "Makes an account.",
                        NewAccount.class,
                        "The account.",
                        this::create),
                Route.of(
                        "PATCH",
                        "/accounts/{name}",
                        "change_account",
                        "Changes an account's role, disables or enables it; counts at once.",
                        AccountChange.class,
                        "The account.",
                        this::change),
                Route.of(
                        "DELETE",
                        "/accounts/{name}",
                        "drop_account",
                        "Removes an account; its sessions end, its actions stay in the audit.",
                        null,
                        "Its name.",
                        this::drop),
                Route.post(
                                "/accounts/{name}/password",
                                "set_password",
                                "Sets a password: an admin any, others their own. The account's"
                                        + " other sessions end.",
                                NewPassword.class,
                                "The account.",
                                this::setPassword)
                        .needs(Role.VIEWER),
                audit());
    }

    private Route audit() {
        return Route.get(
                "/audit",
                "list_audit",
                "Lists what people did, newest first: who, what, from where, before and after.",
                "rows, and next: where the next page begins, null at the end.",
                this::listAudit,
                Parameter.text("account", "Only what this one did."),
                Parameter.text("action", "Only this action, as cancel_task."),
                Parameter.text("subject", "Only what was done to this thing."),
                Parameter.text("outcome", "Only done, refused or failed."),
                Parameter.integer(
                        "before", "Only rows older than this number: next of the page before."),
                Parameter.integer("limit", "At most so many, 1 to 1,000; 50 when left out."));
    }

    private String accounts(@Nullable String name) {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("most", NodeBounds.PAGE_ROWS_MAX);
        return Objects.requireNonNull(listings.json("accounts", values));
    }

    private Answer one(String name) {
        return Answer.ok(Json.MAPPER.readTree(accounts(name)).get(0));
    }

    private Answer create(Call call) {
        NewAccount body = call.body(NewAccount.class);
        String name = Required.field("name", body.name());
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("role", Role.of(Required.field("role", body.role())).sqlName());
        values.put(
                "password",
                body.password() == null ? null : accounts.passwords().hash(body.password()));
        listings.act("create_account", Deed.to(call, "account", List.of(name)), values);
        return one(name);
    }

    private Answer change(Call call) {
        AccountChange body = call.body(AccountChange.class);
        if (body.role() == null && body.disabled() == null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "Nothing is to change: give role or disabled.");
        }
        String name = call.path("name");
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("role", body.role() == null ? null : Role.of(body.role()).sqlName());
        values.put("disabled", body.disabled());
        listings.act("change_account", Deed.of(call), values);
        accounts.sessions().forget();
        return one(name);
    }

    private Answer drop(Call call) {
        String dropped =
                listings.act("drop_account", Deed.of(call), Map.of("name", call.path("name")));
        accounts.sessions().forget();
        return Answer.json(dropped);
    }

    private Answer setPassword(Call call) {
        NewPassword body = call.body(NewPassword.class);
        String password = Required.field("password", body.password());
        String name = call.path("name");
        Caller caller = call.caller();
        boolean own = name.equals(caller.account());
        if (!own) {
            call.require(Role.ADMIN, "Setting another's password");
        } else {
            requirePresent(name, Required.field("current", body.current()), call.address());
        }
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", name);
        values.put("password", accounts.passwords().hash(password));
        values.put("but_for", own ? caller.session() : null);
        listings.act("set_password", Deed.of(call), values);
        accounts.sessions().forget();
        return one(name);
    }

    /** A session alone may not change its password: it may be a browser that was left open. */
    private void requirePresent(String name, String password, String address) {
        try {
            accounts.sessions().requirePassword(name, password, address);
        } catch (RowhouseException e) {
            throw e.code() == ErrorCode.UNAUTHORIZED
                    ? new RowhouseException(
                            ErrorCode.INVALID_ARGUMENT, "The present password is wrong.", e)
                    : e;
        }
    }

    private Answer listAudit(Call call) {
        Map<String, @Nullable Object> values = new HashMap<>();
        for (String filter : List.of("account", "action", "subject", "outcome")) {
            values.put(filter, call.query(filter));
        }
        values.put("before", before(call));
        values.put(
                "limit", call.queryInt("limit", NodeBounds.PAGE_ROWS, 1, NodeBounds.PAGE_ROWS_MAX));
        return Answer.json(Objects.requireNonNull(listings.json("audit", values)));
    }

    private static long before(Call call) {
        String text = call.query("before");
        try {
            return text == null ? Long.MAX_VALUE : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The parameter 'before' must be a number of a row, but is '" + text + "'.",
                    e);
        }
    }
}
