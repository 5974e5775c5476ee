L=/tmp/target-cpp/fuzz/x86_64-unknown-linux-gnu/release/libtutee.a
for n in calls snapshot; do clang -std=c11 -O1 -g -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -I../../include $n.c $( [ $n = calls ] && echo watch.c ) $L -o /tmp/fuzz_$n || exit 1; done
