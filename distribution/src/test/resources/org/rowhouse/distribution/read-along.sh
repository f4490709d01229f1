# Does what a page asks for: read-along.sh SCRIPT FILES. Prints a mark before each block; ends with 1 at the first
# command that goes wrong, after a mark with its line and code.
files=$2

begin_block() { printf '\001block %s\n' "$1"; }

put() {
    mkdir -p "$(dirname "$2")"
    cp "$files/$1" "$2"
}

failed() {
    printf '\001failed %s %s\n' "$1" "$2"
    exit 1
}

tolerant=""
trap 'code=$?; [ -n "$tolerant" ] || failed "$LINENO" "$code"' ERR

may_fail() { tolerant=yes && set +e; }

must_all_succeed() { tolerant="" && set -e; }

must_be() {
    [ "$1" = "$2" ] || failed "$((BASH_LINENO[0] - 1))" "$2"
    must_all_succeed
}

must_all_succeed
. "$1"
