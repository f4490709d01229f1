package org.rowhouse.node;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Home;

/**
 * The tokens of devices and edge nodes: each is made from its name and a secret of the home, so
 * that no list has to be kept, and a device that is stolen shows only its own. To shut all of them
 * out, delete the secret's file and start the node again.
 */
public final class DeviceKeys {
    private static final String FILE = "devices.token";
    private static final String ALGORITHM = "HmacSHA256";
    private static final int NAME_LENGTH_MAX = 128;

    private final byte[] secret;

    private DeviceKeys(byte[] secret) {
        this.secret = secret;
    }

    /**
     * Those of a home, which gets a secret if it has none.
     *
     * @throws RowhouseException HOME_UNUSABLE
     */
    public static DeviceKeys of(Home home) {
        Token token = Token.readOrCreate(home.path().resolve(FILE));
        return new DeviceKeys(token.header().getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * The token of a device.
     *
     * @throws RowhouseException INVALID_ARGUMENT for a name that no device may have
     */
    public String token(String device) {
        if (!isName(device)) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "A device's name must have 1 to " + NAME_LENGTH_MAX + " characters.");
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            return HexFormat.of().formatHex(mac.doFinal(device.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /** Whether a device may have this name. */
    static boolean isName(String device) {
        return !device.isEmpty()
                && device.length() <= NAME_LENGTH_MAX
                && device.chars().noneMatch(Character::isISOControl);
    }

    /** Whether a token is that of this device. Takes the same time either way. */
    boolean admits(String device, byte[] shown) {
        return isName(device)
                && MessageDigest.isEqual(token(device).getBytes(StandardCharsets.US_ASCII), shown);
    }
}
