/*
 * wrapper.cpp twice in one program, compiled with exceptions and without: the two kinds of translation units get along,
 * even where both contain inline functions of the same name.
 */
int throwing_part();
int returning_part();

int main() { return throwing_part() | returning_part(); }
