package org.rowhouse.images;

import java.io.IOException;
import java.io.Writer;

/** Gathers text up to a bound, so that a value without end fills no memory. */
final class BoundedText extends Writer {
    private final StringBuilder text = new StringBuilder(256);
    private final int lengthMax;
    private boolean full;

    @SuppressWarnings("this-escape")
    BoundedText(int lengthMax) {
        this.lengthMax = lengthMax;
    }

    /** True once more was written than there is room for. */
    boolean full() {
        return full;
    }

    @Override
    public void write(char[] characters, int offset, int length) throws IOException {
        require(length);
        text.append(characters, offset, length);
    }

    @Override
    public void write(String characters, int offset, int length) throws IOException {
        require(length);
        text.append(characters, offset, offset + length);
    }

    @Override
    public void write(int character) throws IOException {
        require(1);
        text.append((char) character);
    }

    private void require(int length) throws IOException {
        if (text.length() + length > lengthMax) {
            full = true;
            throw new IOException("more than " + lengthMax + " characters");
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}

    @Override
    public String toString() {
        return text.toString();
    }
}
