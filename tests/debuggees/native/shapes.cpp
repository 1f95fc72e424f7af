// C++: virtual calls, constructors and destructors, overloads, templates, references, exceptions through several frames, lambdas. The argument is how often.
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace geometry {

struct Error {
    explicit Error(const char *what) : what(what) {}
    const char *what;
};

class Shape {
public:
    explicit Shape(const char *name) : name_(name) { ++alive; }
    virtual ~Shape() { --alive; }
    virtual double area() const = 0;
    const char *name() const { return name_; }
    static int alive;

private:
    const char *name_;
};

int Shape::alive = 0;

class Square : public Shape {
public:
    explicit Square(double side) : Shape("square"), side_(side) {}
    double area() const override { return side_ * side_; }

private:
    double side_;
};

class Disc : public Shape {
public:
    explicit Disc(double radius) : Shape("disc"), radius_(radius)
    {
        if (radius < 0)
            throw Error("radius");
    }
    double area() const override { return 3 * radius_ * radius_; }

private:
    double radius_;
};

} // namespace geometry

template <typename T>
T larger(T a, T b)
{
    return a < b ? b : a;
}

static double total(geometry::Shape *const *shapes, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum = sum + shapes[i]->area();
    return sum;
}

static int risky(int n)
{
    try {
        geometry::Disc disc(n - 2);
        return static_cast<int>(disc.area());
    } catch (const geometry::Error &e) {
        return -static_cast<int>(std::strlen(e.what));
    }
}

static int nested(int n)
{
    if (n > 0)
        return nested(n - 1) + 1;
    return risky(0);
}

static int once()
{
    geometry::Shape *shapes[6];
    for (int i = 0; i < 3; i++) {
        shapes[2 * i] = new geometry::Square(i);
        shapes[2 * i + 1] = new geometry::Disc(i);
    }
    double sum = total(shapes, 6);
    int caught = 0;
    for (int i = 0; i < 4; i++)
        caught = larger(caught, -risky(i));
    auto half = [&sum](double by) { return sum / by; };
    std::printf("%.1f %d %d %d\n", half(2), caught, nested(3), geometry::Shape::alive);
    for (auto *shape : shapes)
        delete shape;
    return geometry::Shape::alive;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? std::atoi(argv[1]) : 1, left = 0;
    while (rounds-- > 0)
        left += once();
    return left;
}
