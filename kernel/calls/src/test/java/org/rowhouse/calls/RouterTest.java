package org.rowhouse.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;

/** Who is called, and who is called instead. */
class RouterTest {
    private final Story story = new Story();

    @AfterEach
    void close() {
        story.close();
    }

    @Test
    void theOwnNodeComesFirst() {
        Story.Node other = story.serveThere(2, "counting", 8_000);
        Story.Node own = new Story.Node(Story.SELF);
        story.serveHere(own, "counting");
        story.start();
        for (int i = 1; i <= 10; i++) {
            assertThat(story.next()).isEqualTo(i);
        }
        assertThat(other.calls).hasValue(0);
    }

    @Test
    void othersAreDrawnByWhatTheyHaveFree() {
        Story.Node roomy = story.serveThere(2, "counting", 8_000);
        Story.Node full = story.serveThere(3, "counting", 0);
        story.start();
        for (int i = 0; i < 400; i++) {
            story.next();
        }
        assertThat(roomy.calls.get() + full.calls.get()).isEqualTo(400);
        assertThat(roomy.calls.get()).isGreaterThan(20 * full.calls.get());
    }

    @Test
    void aCallThatWasPerhapsDoneIsMadeAgainOnlyIfItIsIdempotent() {
        Story.Node one = story.serveThere(2, "counting", 1_000);
        Story.Node other = story.serveThere(3, "counting", 1_000);
        story.start();
        one.breaks.set(1);
        other.breaks.set(1);
        assertThatThrownBy(story::next).extracting("code").isEqualTo(ErrorCode.NODE_UNAVAILABLE);
        assertThat(one.calls.get() + other.calls.get()).isEqualTo(1);
        one.breaks.set(one.calls.get() == 0 ? 1 : 0);
        other.breaks.set(other.calls.get() == 0 ? 1 : 0);
        for (int i = 0; i < 20; i++) {
            story.look();
        }
        assertThat(one.calls.get() + other.calls.get()).isEqualTo(22);
    }

    @Test
    void aNodeThatCannotBeReachedWasNotCalledSoThisOneLoadsTheComponent() {
        story.serveThere(2, "counting", 1_000);
        story.unreachable = true;
        story.loadable = new Story.Node(Story.SELF);
        story.start();
        assertThat(story.next()).isEqualTo(1);
        assertThat(story.loads).hasValue(1);
        assertThat(story.next()).isEqualTo(2);
        assertThat(story.loads).hasValue(1);
    }

    @Test
    void aWayThatFailsAgainAndAgainIsShut() {
        story.serveThere(2, "counting", 1_000);
        story.unreachable = true;
        story.start();
        for (int i = 0; i < CallBounds.FAILURES_MAX; i++) {
            assertThatThrownBy(story::next).hasMessageContaining("No connection to the node");
        }
        assertThatThrownBy(story::next)
                .hasMessageContaining("have failed lately")
                .extracting("code")
                .isEqualTo(ErrorCode.NODE_UNAVAILABLE);
    }

    @Test
    void ofTwoComponentsOneMustBeNamed() {
        Story.Node node = story.serveThere(2, "counting", 1_000);
        story.serveThere(2, "adding", 1_000);
        story.start();
        assertThatThrownBy(story::next)
                .hasMessageContaining("adding, counting")
                .extracting("code")
                .isEqualTo(ErrorCode.CONFLICT);
        assertThat(story.call("next", "counting")).isEqualTo(1);
        assertThat(node.calls).hasValue(1);
    }

    @Test
    void nobodyMeansNotFound() {
        story.start();
        assertThatThrownBy(story::next)
                .hasMessageContaining("No component serves")
                .extracting("code")
                .isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(story.loads).hasValue(1);
    }
}
