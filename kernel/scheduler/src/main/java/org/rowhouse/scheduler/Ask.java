package org.rowhouse.scheduler;

/** A class of need as a fleet looks at it: names are numbers and bits. */
final class Ask {
    /** Kinds of request for devices: none, a share, then one for each number of whole devices. */
    static final int REQUEST_KINDS = Needs.DEVICES_MAX + 2;

    private static final int SHARE = 1;

    final Needs needs;
    final int cores;
    final int memory;
    final int devices;
    final int share;
    final boolean shares;

    /** All that it takes from the devices of a node, in thousandths of one. */
    final int devicesMilli;

    final int requestKind;

    /** The kinds of device that will do, a bit each; anew when the fleet knows more kinds. */
    long kinds;

    Ask(Needs needs) {
        this.needs = needs;
        this.cores = needs.coresMilli();
        this.memory = needs.memoryMib();
        this.devices = needs.devices();
        this.share = needs.shareMilli();
        this.shares = needs.sharesDevice();
        this.devicesMilli = devices * share;
        this.requestKind = devices == 0 ? 0 : shares ? SHARE : SHARE + devices;
    }
}
