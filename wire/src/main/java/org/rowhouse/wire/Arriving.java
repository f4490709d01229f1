package org.rowhouse.wire;

import java.io.IOException;
import java.util.Map;

/** Gives each frame that comes to whom it concerns; on the thread that reads. */
final class Arriving implements Frame.Taker {
    private final Session session;
    private final Serving serving;
    private final Declarations declarations;
    private final Map<Integer, Asked> asked;
    private final int parity;

    /**
     * For one connection.
     *
     * @param asked what this side has asked, by its number
     * @param parity of the numbers that this side chooses
     */
    Arriving(
            Session session,
            Serving serving,
            Declarations declarations,
            Map<Integer, Asked> asked,
            int parity) {
        this.session = session;
        this.serving = serving;
        this.declarations = declarations;
        this.asked = asked;
        this.parity = parity;
    }

    @Override
    public void take(
            int kind, int flags, int operation, int exchange, byte[] bytes, int at, int lengthBytes)
            throws ProtocolError {
        boolean own = (exchange & 1) == parity;
        switch (kind) {
            case Frame.CALL -> {
                if (own || exchange == 0) {
                    throw new ProtocolError("A call has the number of the other side's.");
                }
                serving.call(flags, operation, exchange, bytes, at, lengthBytes);
            }
            case Frame.REPLY -> {
                Asked call = own ? asked.get(exchange) : null;
                if (call != null) {
                    call.reply(bytes, at, lengthBytes, (flags & Frame.MORE) != 0);
                }
            }
            case Frame.ERROR -> {
                Asked call = own ? asked.get(exchange) : null;
                if (call != null) {
                    call.fail(Serving.readError(bytes, at, lengthBytes));
                }
            }
            case Frame.CANCEL -> serving.cancel(own ? 0 : exchange);
            case Frame.ITEM, Frame.END, Frame.CREDIT ->
                    takeExchange(kind, flags, exchange, own, bytes, at, lengthBytes);
            case Frame.DECLARE -> serving.declare(operation, bytes, at, lengthBytes);
            case Frame.DECLARED -> declarations.answered(operation, bytes, at, lengthBytes);
            case Frame.PING -> {
                if (lengthBytes != 8) {
                    throw new ProtocolError("A ping has not 8 bytes.");
                }
                byte[] body = new byte[8];
                System.arraycopy(bytes, at, body, 0, 8);
                session.sendFromReader(Frame.PONG, 0, 0, 0, body);
            }
            case Frame.PONG -> {}
            case Frame.BYE ->
                    session.lose(new IOException(Serving.readBye(bytes, at, lengthBytes)));
            default -> throw new ProtocolError("A frame of the beginning came after it.");
        }
    }

    private void takeExchange(
            int kind, int flags, int number, boolean own, byte[] bytes, int at, int lengthBytes)
            throws ProtocolError {
        WireExchange exchange =
                own
                        ? asked.get(number) instanceof WireExchange opened ? opened : null
                        : serving.exchange(number);
        if (exchange == null) {
            return;
        }
        switch (kind) {
            case Frame.ITEM -> exchange.item(bytes, at, lengthBytes, (flags & Frame.MORE) != 0);
            case Frame.END -> exchange.end();
            default -> {
                if (lengthBytes != 4) {
                    throw new ProtocolError("A credit has not 4 bytes.");
                }
                exchange.credit(Serving.readInt(bytes, at));
            }
        }
    }
}
