package org.rowhouse.images;

import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;

/** What went wrong while reading JSON, in words fit for a message. */
final class JsonTrouble {
    private JsonTrouble() {}

    /** The parser's own sentence without its trailing dot, and where in the text it stopped. */
    static String words(JacksonException trouble) {
        String message = trouble.getOriginalMessage();
        String sentence =
                Quoted.plain(message == null ? trouble.getClass().getSimpleName() : message);
        TokenStreamLocation place = trouble.getLocation();
        String at =
                place == null || place.getLineNr() < 1
                        ? ""
                        : " at line " + place.getLineNr() + ", column " + place.getColumnNr();
        return (sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence)
                + at;
    }
}
