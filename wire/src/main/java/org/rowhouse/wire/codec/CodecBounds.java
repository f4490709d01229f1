package org.rowhouse.wire.codec;

/** Every bound on encoded values and on schemas, and where the number comes from. */
public final class CodecBounds {
    /** Bytes of one encoded value: the largest call that a connection carries. */
    public static final int BYTES_MAX = 16 << 20;

    /**
     * Records, lists, maps and unions within each other: far above any record, far below what a
     * stack bears. The depth of a schema's text has the same bound.
     */
    public static final int DEPTH_MAX = 64;

    /** Characters of a schema: it travels in one frame, with another one and a name beside it. */
    public static final int SCHEMA_LENGTH_MAX = 24 << 10;

    /** Records, enums and unions that one schema defines. */
    public static final int DEFINITIONS_MAX = 256;

    /** Fields of a record: a constructor in Java takes 254 slots, a double uses two. */
    public static final int FIELDS_MAX = 120;

    /** Constants of an enum, and alternatives of a union. */
    public static final int CHOICES_MAX = 1_024;

    /** Characters of a name. */
    public static final int NAME_LENGTH_MAX = 128;

    /** Bytes of a decimal's digits, about 2,400 digits: reading and printing cost their square. */
    public static final int DECIMAL_BYTES_MAX = 1_024;

    /** Characters of a decimal where it comes as a text: as many as such digits have. */
    public static final int DECIMAL_LENGTH_MAX = 3_000;

    /** A decimal's scale, either way: adding two decimals makes as many digits as scales differ. */
    public static final int DECIMAL_SCALE_MAX = 4_096;

    /** Schemas of peers that a codec keeps decoders for: nodes of so many versions at a time. */
    static final int DECODERS_KEPT_MAX = 16;

    private CodecBounds() {}
}
