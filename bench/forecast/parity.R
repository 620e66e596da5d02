# Statistics of R surveillance on its own data, as JSON lines: name, counts, method, settings, values.
suppressMessages(library(surveillance))
line <- function(name, counts, method, settings, values, upper = NULL) {
  number <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.15g", x)), collapse = ","), "]")
  cat(sprintf('{"name":"%s","method":"%s","settings":%s,"counts":%s,"values":%s,"upper":%s}\n', name, method,
    settings, number(counts), number(values), if (is.null(upper)) "null" else number(upper)))
}
series <- list()
for (name in c("salmonella.agona", "k1", "m1", "m3", "s1", "h1_nrwrp", "shadar", "hepatitisA")) {
  data(list = name, package = "surveillance")
  series[[name]] <- as.numeric(get(name)$observed)
}
for (name in names(series)) {
  counts <- series[[name]]
  sts <- sts(observed = counts, frequency = 52, epochAsDate = FALSE)
  n <- length(counts)
  for (method in c("C1", "C2", "C3")) {
    found <- earsC(sts, control = list(method = method))
    upper <- c(rep(NA, n - length(upperbound(found))), as.numeric(upperbound(found)))
    line(name, counts, method, "{}", rep(NA, n), upper)
  }
  for (settings in list(list(b = 3, w = 3, periods = 1), list(b = 3, w = 3, periods = 10))) {
    first <- 52 * settings$b + settings$w + 1
    if (n < first + 5) next
    found <- suppressWarnings(farringtonFlexible(sts, control = list(range = first:n, b = settings$b, w = settings$w,
      noPeriods = settings$periods, alpha = 0.05, glmWarnings = FALSE)))
    score <- c(rep(NA, first - 1), ifelse(is.na(upperbound(found)), NA, as.numeric(found@control$score)))
    upper <- c(rep(NA, first - 1), as.numeric(upperbound(found)))
    line(name, counts, "farrington", sprintf('{"back":%d,"half-window":%d,"periods":%d}', settings$b, settings$w,
      settings$periods), score, upper)
  }
  # A likelihood-ratio CUSUM of negative binomials with a known rise.
  mean <- max(mean(counts), 0.1)
  found <- glrnb(sts, control = list(range = 1:n, mu0 = rep(mean, n), alpha = 1 / 5, theta = log(2), c.ARL = 5,
    change = "intercept", dir = "inc", ret = "value"))
  line(name, counts, "cusum", sprintf('{"mean":%.15g,"size":5,"factor":2,"threshold":5}', mean),
    as.numeric(upperbound(found)))
}
