/**
 * C++ header with which the fused operations share rows between threads: as many as TF_NUM_INTRAOP_THREADS says, else
 * one a core.
 */
export const threadPoolSource: string = `
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace {

/** Threads that wait for parts of one job at a time. Never destroyed: they may still wait when the process ends. */
class Pool {
 public:
  static Pool& Get() {
    static Pool* pool = new Pool();
    return *pool;
  }

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  /** Calls job(part) for every part from 0 to parts - 1; the caller computes part 0. */
  void Run(int parts, const std::function<void(int)>& job) {
    std::lock_guard<std::mutex> only_one(turn_);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      job_ = &job;
      parts_ = parts;
      left_ = parts - 1;
      round_++;
    }
    wake_.notify_all();
    job(0);
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return left_ == 0; });
    job_ = nullptr;
  }

 private:
  Pool() {
    const char* wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
    int count = wanted == nullptr ? 0 : std::atoi(wanted);
    if (count <= 0) count = static_cast<int>(std::thread::hardware_concurrency());
    for (int index = 1; index < std::min(std::max(count, 1), 64); index++) {
      workers_.emplace_back([this, index] { Work(index); });
      workers_.back().detach();
    }
  }

  void Work(int index) {
    uint64_t seen = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return round_ != seen; });
      seen = round_;
      if (job_ == nullptr || index >= parts_) continue;
      const std::function<void(int)>* job = job_;
      lock.unlock();
      (*job)(index);
      lock.lock();
      if (--left_ == 0) done_.notify_one();
    }
  }

  std::vector<std::thread> workers_;
  std::mutex turn_, mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(int)>* job_ = nullptr;
  int parts_ = 0, left_ = 0;
  uint64_t round_ = 0;
};

/** Values that are worth a share, and as many as are worth a thread. */
const int64_t kShare = 8192, kThread = 32768;

/**
 * body(begin, end) over all rows of \`row_size\` values. Threads take shares as they are ready, ever smaller ones, so that a slow
 * core holds none up.
 */
template <typename Body>
void ParallelRows(int64_t rows, int64_t row_size, Body body) {
  const int64_t threads = std::min<int64_t>({rows * row_size / kThread, rows, Pool::Get().threads()});
  if (threads <= 1) return body(0, rows);
  const int64_t least = std::max<int64_t>(1, kShare / row_size);
  std::atomic<int64_t> taken{0};
  Pool::Get().Run(static_cast<int>(threads), [&](int) {
    int64_t begin = taken.load(), count = 0;
    while (true) {
      do {
        count = std::min(rows - begin, std::max(least, (rows - begin) / (2 * threads)));
        if (count <= 0) return;
      } while (!taken.compare_exchange_weak(begin, begin + count));
      body(begin, begin + count);
      begin = taken.load();
    }
  });
}

/** body(row) for every row, on all threads likewise. */
template <typename Body>
void EachRow(int64_t rows, int64_t row_size, Body body) {
  ParallelRows(rows, row_size, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) body(row);
  });
}

}  // namespace
`;
