/**
 * C++ header with which the fused operations share rows between threads: as many as TF_NUM_INTRAOP_THREADS says, else
 * one a core.
 */
export const threadPoolSource: string = `
#pragma once

#include <algorithm>
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

/** body(begin, end) over all rows, in as many equal parts as there are threads and work for them. */
template <typename Body>
void ParallelRows(int64_t rows, int64_t row_size, Body body) {
  const int64_t worth = rows * row_size / 32768;
  const int parts = static_cast<int>(std::min<int64_t>({worth, rows, Pool::Get().threads()}));
  if (parts <= 1) return body(0, rows);
  Pool::Get().Run(parts, [&](int part) { body(rows * part / parts, rows * (part + 1) / parts); });
}

}  // namespace
`;
