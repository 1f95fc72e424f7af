// Objects whose member functions are asked for values that change in a few rounds.
#include <cstdio>
#include <cstdlib>

enum class Kind : char { Small, Large };

struct Shape {
    int sides = 3;
    int count() const { return sides; }
    virtual int area() const { return 1; }
};

struct Box : Shape {
    double grams = 1.5;
    float ratio = 1;
    Kind kind = Kind::Small;
    double weight() const { return grams; }
    bool is_full() { return grams > 6; }
    int twice(int n) const { return 2 * n; }
    float scaled(int by, float more) const { return ratio * by + more; }
    int overloaded(int n) const { return n; }
    int overloaded(double n) const { return (int)n; }
    int area() const override { return sides * 2; }
};

static Box box, boxes[2], *current = boxes;

int main()
{
    for (int i = 0; i < 9; i++) {
        current = &boxes[i % 2];
        current->grams += i * 0.75;
        current->sides += i % 3;
        current->ratio = i / 3.0f;
        box.sides = i % 5;
        box.ratio = 1.5f - i * 0.25f;
        box.kind = i % 4 == 2 ? Kind::Large : Kind::Small;
    }
    std::printf("%d %g %d %g %d %d\n", box.count(), current->weight(), boxes[0].is_full(), boxes[1].scaled(2, .5f), current->area(), current->twice(1) + box.overloaded(1) + box.overloaded(1.0));
    std::abort();
}
