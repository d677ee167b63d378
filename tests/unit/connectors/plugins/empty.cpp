namespace trusthub::sample {
extern const int nothing;
const int nothing = 0;
}  // namespace trusthub::sample
