// Threads, futures, promises and atomics of C++, with an exception that goes from one thread to another.
#include <atomic>
#include <condition_variable>
#include <future>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

static std::atomic<int> ready{0};
static std::mutex lock;
static std::vector<int> order;

static long work(int number)
{
    ready.fetch_add(1);
    while (ready.load() < 3) {
        std::this_thread::yield();
    }
    if (number == 2) {
        throw std::runtime_error("two");
    }
    long sum = 0;
    for (int i = 0; i < 3000; i++) {
        sum = sum * 31 + i * number;
    }
    std::lock_guard<std::mutex> guard(lock);
    order.push_back(number);
    return sum % 1000;
}

int main()
{
    std::vector<std::future<long>> futures;
    for (int i = 0; i < 3; i++) {
        futures.push_back(std::async(std::launch::async, work, i));
    }
    for (auto &future : futures) {
        try {
            std::cout << future.get() << '\n';
        } catch (const std::runtime_error &error) {
            std::cout << "threw " << error.what() << '\n';
        }
    }
    std::promise<int> promise;
    std::thread sender([&promise] { promise.set_value(42); });
    std::cout << promise.get_future().get() << '\n';
    sender.join();
    std::cout << order.size() << " finished\n";
}
